import java.io.FileInputStream;
import java.io.InputStream;
import java.util.Map;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;

/** Checks PDF files against PDF/A-3a and PDF/UA-1: one line "file TAB flavour TAB fault TAB count" for each fault. */
public final class CheckPdf {
    private static final Map<String, String> PROFILES = Map.of("3a", "PDFA-3A", "ua1", "PDFUA-1");

    private CheckPdf() {}

    public static void main(String[] files) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String flavour : PROFILES.keySet()) {
            String resource = "/org/verapdf/pdfa/validation/" + PROFILES.get(flavour) + ".xml";
            ValidationProfile profile;
            try (InputStream xml = Profiles.class.getResourceAsStream(resource)) {
                profile = Profiles.profileFromXml(xml);
            }
            for (String file : files) {
                check(file, flavour, profile);
            }
        }
    }

    private static void check(String file, String flavour, ValidationProfile profile) throws Exception {
        PDFAFlavour wanted = PDFAFlavour.fromString(flavour);
        try (InputStream content = new FileInputStream(file);
                PDFAParser parser = Foundries.defaultInstance().createParser(content, wanted)) {
            ValidationResult result = Foundries.defaultInstance().createValidator(profile, false).validate(parser);
            System.out.println(file + "\t" + flavour + "\tchecked\t" + result.getTotalAssertions());
            for (Map.Entry<RuleId, Integer> fault : result.getFailedChecks().entrySet()) {
                RuleId rule = fault.getKey();
                System.out.println(
                        file + "\t" + flavour + "\t" + rule.getClause() + "-" + rule.getTestNumber() + "\t" + fault.getValue());
            }
        }
    }
}
