import java.io.FileInputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.LogManager;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Holds PDF files against PDF/UA-1 and PDF/A-2a: for each a line of file, flavour, number of checks, what fails.
 *
 * <p>The rules are the engine's own. They are read here with Java's XML parser: the engine would want JAXB for that.
 */
class Check {
  private static final Map<PDFAFlavour, String> RULES = Map.of(
      PDFAFlavour.PDFUA_1, "/org/verapdf/pdfa/validation/PDFUA-1.xml",
      PDFAFlavour.PDFA_2_A, "/org/verapdf/pdfa/validation/PDFA-2A.xml");

  public static void main(String[] files) throws Exception {
    LogManager.getLogManager().reset();
    VeraGreenfieldFoundryProvider.initialise();
    for (PDFAFlavour flavour : RULES.keySet()) {
      ValidationProfile profile = profile(flavour);
      for (String file : files) {
        System.out.println(file + "\t" + flavour.getId() + "\t" + validated(file, flavour, profile));
      }
    }
  }

  private static String validated(String file, PDFAFlavour flavour, ValidationProfile profile) throws Exception {
    try (InputStream stream = new FileInputStream(file);
        PDFAParser parser = Foundries.defaultInstance().createParser(stream, flavour);
        PDFAValidator validator = Foundries.defaultInstance().createValidator(profile, false)) {
      ValidationResult result = validator.validate(parser);
      Set<String> failed = new LinkedHashSet<>();
      for (TestAssertion assertion : result.getTestAssertions()) {
        if (assertion.getStatus() == TestAssertion.Status.FAILED) {
          failed.add(assertion.getRuleId().getClause() + " " + assertion.getMessage());
        }
      }
      return result.getTotalAssertions() + "\t" + String.join("; ", failed);
    }
  }

  private static ValidationProfile profile(PDFAFlavour flavour) throws Exception {
    Element root;
    try (InputStream rules = Foundries.class.getResourceAsStream(RULES.get(flavour))) {
      root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(rules).getDocumentElement();
    }
    Set<Rule> rules = new LinkedHashSet<>();
    for (Element rule : all(root, "rule")) {
      Element id = all(rule, "id").get(0);
      rules.add(Profiles.ruleFromValues(
          Profiles.ruleIdFromValues(
              PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
              id.getAttribute("clause"),
              Integer.parseInt(id.getAttribute("testNumber"))),
          rule.getAttribute("object"),
          Boolean.valueOf(rule.getAttribute("deferred")),
          rule.getAttribute("tags"),
          text(rule, "description"),
          text(rule, "test"),
          Profiles.errorFromValues(text(rule, "message"), List.of()),
          List.of()));
    }
    Set<Variable> variables = new LinkedHashSet<>();
    for (Element one : all(root, "variable")) {
      variables.add(Profiles.variableFromValues(
          one.getAttribute("name"), one.getAttribute("object"), text(one, "defaultValue"), text(one, "value")));
    }
    return Profiles.profileFromValues(
        flavour, Profiles.profileDetailsFromValues("", "", "", new Date(0)), "", rules, variables);
  }

  private static List<Element> all(Element within, String name) {
    NodeList nodes = within.getElementsByTagName(name);
    List<Element> found = new ArrayList<>();
    for (int n = 0; n < nodes.getLength(); n++) {
      found.add((Element) nodes.item(n));
    }
    return found;
  }

  private static String text(Element within, String name) {
    return all(within, name).get(0).getTextContent();
  }
}
